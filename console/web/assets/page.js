// Whoever opens the console types at once, without a click into it first.
new MutationObserver((_, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    observer.disconnect();
    keys.focus();
  }
}).observe(document.documentElement, {childList: true, subtree: true});
