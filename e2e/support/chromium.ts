/** Which Chromium the tests and benchmarks drive, and how it is started. */
import { existsSync } from 'node:fs'

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** `RELPIN_CHROMIUM` as the launcher found it, else one in a usual place. Throws when there is none. */
export function chromiumPath(): string {
  const path = process.env['RELPIN_CHROMIUM'] ?? USUAL.find((each) => existsSync(each))
  if (path === undefined) {
    throw new Error(
      'No Chromium was found. Run "npm test", which installs one, or set RELPIN_CHROMIUM.',
    )
  }
  return path
}

export const CHROMIUM_ARGS: string[] = [
  // The sandbox of Chromium refuses to run for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-background-networking',
]
