"""Still pictures of real sessions of ossh, for the READMEs and guides.

terminal  ossh on a terminal of its own: keys go in, a screen can be looked at
svg       a screen as a picture that needs nothing from elsewhere
scenes    what is typed for each picture
command   the command line
"""
