"""Law and policy as dated data: YAML parameters, the registry that reads them, typed frozen views.

A value changes in YAML. When the *shape* of the law changes, a new function with its date in its name appears in the
domain. No value of law or policy is written into code.
"""
