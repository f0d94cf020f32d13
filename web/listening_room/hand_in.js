// On a page after the end: what this device still holds goes to the session that it belongs to.
handInOthers(new Shelf(), "none");
