/** In the browser, before the first page: a style sheet that does not come is no reason to stop. */

// It is asked for again by the script in app.html, which also says so when it never comes; the page itself goes on.
window.addEventListener('vite:preloadError', (event) => {
  if (event.payload.message.includes('preload CSS')) event.preventDefault()
})
