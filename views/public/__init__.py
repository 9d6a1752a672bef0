"""The page that everybody may see, if the admin turned it on: plain HTML made from the record, served from files.

In: the analysis under the usual yardstick, and what the record tells of villages. Out: pages and data without a
person's name, number or a household's place.
"""
