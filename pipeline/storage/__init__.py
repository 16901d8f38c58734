"""The book on disk: parts, work folders, publish, manifests, journals, the lock. Knows tables, no trade."""
