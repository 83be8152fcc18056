"""What all tables of the portal share: their three kinds, the cursor of the views, lists a page at a time, exports."""
