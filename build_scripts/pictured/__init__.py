"""Still pictures of real sessions of ossh, for the READMEs and guides."""
