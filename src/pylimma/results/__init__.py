"""Tables, decisions and summaries of a moderated fit."""
