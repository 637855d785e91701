// Takes people who sent a form with mistakes to the summary of them.
"use strict";

document.querySelector(".errsum")?.focus();
