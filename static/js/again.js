// The bank has not answered yet: look again by itself, as the page says.
setTimeout(() => location.reload(), 15000);
