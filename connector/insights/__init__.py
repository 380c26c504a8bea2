"""The measures a small business asks for, one small pure module for each report.

Nothing here reads a store, a clock or a network: rows go in, a `Report` comes out.
"""
