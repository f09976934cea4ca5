/** The studio's build: SvelteKit with Node's adapter, Tailwind, and the one alias that y-monaco needs. */
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter(),
      // hooks.server.ts checks the origin of every request that brings a cookie, JSON included; SvelteKit's own check
      // looks at forms only, and would refuse a plain `curl -X POST`.
      csrf: { trustedOrigins: ['*'] },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          // Monaco sets styles on its elements.
          'style-src': ['self', 'unsafe-inline'],
          'img-src': ['self', 'data:', 'blob:'],
          'font-src': ['self', 'data:'],
          'worker-src': ['self', 'blob:'],
          // Includes the WebSocket of the same address.
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  resolve: {
    alias: {
      // y-monaco names a file that monaco-editor's `exports` no longer shows.
      'monaco-editor/esm/vs/editor/editor.api.js': 'monaco-editor/editor/editor.api',
    },
  },
})
