"""The client's pages: plain HTML and one small script, outside Streamlit, so that Stop works whatever the server does."""
