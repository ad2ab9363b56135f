"""The post: how a letter is addressed, in whatever country it goes to.

`countries` knows which country is meant and what the sender calls it, `forms` the order of an
address there and its postcodes; `envelope` makes the lines of the window of them, and the names on
an envelope that several people share; `locales` is the door to Babel, for countries and for the
languages of letters. What the French post carries at home has the form of `merge.french.postal`.
The room is pure: nothing is asked of a network, all data comes with the libraries.
"""
