"""The client's pages: plain HTML and one small script, so that Stop works whatever the server does."""
