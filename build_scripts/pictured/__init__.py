"""Still pictures of real sessions of ossh, for the READMEs and guides.

svg       a screen as a picture that needs nothing from elsewhere
scenes    what is typed for each picture
command   the command line
"""
