// The page works without this: it opens the tickets that an address names, and unfolds everything for print.
"use strict";
function reveal() {
  const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.hasAttribute("popover") && named.showPopover) named.showPopover();
}
addEventListener("hashchange", reveal);
reveal();
