/** Vite needs little here: a modern target, and source maps so that errors point at the TypeScript. */
export default {
  build: { target: 'es2023', sourcemap: true },
}
