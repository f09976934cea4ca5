/** Unit and integration tests beside the sources; browser tests have their own configuration in e2e. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: [
      '{authority,db,collab-server,agent-bridge}/src/**/*.test.ts',
      'studio/src/**/*.test.ts',
      'e2e/{agent,attack}/**/*.test.ts',
    ],
    globalSetup: ['db/src/testing/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
