"""Texts that people read, from templates that can be edited without code. The only place that knows Jinja."""
