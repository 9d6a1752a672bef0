"""Pieces that any page draws with: text, cards, charts, pictures, words.

In: values. Out: what stands on the page. They know no data version and no member.
The page's own HTML templates lie beside them.
"""
