"""The generator of invented towns and regions: input for demonstrations, tests and benchmarks, with planted answers.

It imports contracts, ground and storage only (Parquet, processes): nothing of `domain/` or `rules/`, so that what it
expects is not learnt from what it tests.
"""

from pipeline.generator.book import generate, generate_sample

__all__ = ["generate", "generate_sample"]
