"""Measurements of the whole path, beside its peers, as a table, Markdown and a plot.

subject -> request (encoded bytes) -> contenders -> timings -> tables -> document, plot
"""
