"""The address of a store is judged before anything is asked of it: one clear line, not what a library would say."""

from __future__ import annotations

import pytest

from pipeline.storage.remote.objects import Store, StoreUnreachable


@pytest.mark.parametrize(("url", "bucket", "prefix"), [
    ("s3://town", "town", ""), ("s3://a-1.b2/books/ensk/", "a-1.b2", "books/ensk/"),
    (f"s3://{'b' * 63}/x", "b" * 63, "x/"),
])
def test_an_address_names_a_bucket_and_a_folder(url: str, bucket: str, prefix: str) -> None:
    assert Store.at(url) == Store(bucket, prefix)


@pytest.mark.parametrize("url", [
    "ftp://town", "s3://", "s3://ab", f"s3://{'b' * 64}", "s3://Town/x", "s3://my_town", "s3://my town/x", "s3://a..b/x",
    "s3://town-/x", "s3://-town", "s3://town./x", "s3://.town", "s3://участок/x", "s3:///x",
])
def test_a_bad_name_of_a_bucket_is_told_with_what_a_good_one_is(url: str) -> None:
    with pytest.raises(StoreUnreachable, match=r"не читается.*s3://ведро/папка.*от 3 до 63 строчных"):
        Store.at(url)
