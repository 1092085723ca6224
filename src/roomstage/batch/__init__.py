"""Catalogues: rooms x products from a list, in any number, to a folder that can be gone on with.

table      a CSV file as people's programs write it -> cells by column, with line numbers
rows       cells -> checked rows: fields, pictures, the name of the output
manifest, cross   where rows come from: a CSV file, or two folders
identity   what makes a row the same row in a later run: hashes of all it depends on
journal    what has been done, on the disk before it counts
order      room by room, so that each is analysed once
stager, local, remote   who stages: workers of this machine, or a server
run        all of it together
thumbnails, page, summary   what people look at afterwards
"""
