-- Whoever is written to agreed to messages, has a phone, has not opted out, holds the flat, and gets no message of debt
-- and no call tonight; it is a night of reminders; all rows of an account name one person.
WITH told AS (SELECT * FROM read_parquet($reading_reminders) WHERE person_id IS NOT NULL)
SELECT told.account_id FROM told
LEFT JOIN read_parquet($contacts) AS contact USING (person_id)
WHERE NOT list_contains($terms::INT[], told.days_left)
   OR NOT coalesce(contact.has_sms_consent AND NOT contact.has_opted_out AND contact.phone IS NOT NULL, FALSE)
   OR person_id IN (SELECT person_id FROM read_parquet($all_sms_list))
   OR person_id IN (SELECT person_id FROM read_parquet($all_call_list))
   OR NOT EXISTS (SELECT 1 FROM read_parquet($accounts) AS account JOIN read_parquet($rights) AS holder USING (premises_id)
                  WHERE account.account_id = told.account_id AND holder.person_id = told.person_id)
UNION ALL
SELECT account_id FROM told GROUP BY account_id HAVING count(DISTINCT person_id) > 1
ORDER BY account_id
