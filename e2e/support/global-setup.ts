/** Starts the demo once for all browser tests, signs everybody in, and stops it afterwards. */
import type { RunningStudio } from './running-studio.ts'
import { signInEverybody } from './sign-in-everybody.ts'
import { startProduct } from './product.ts'

export default async function globalSetup(): Promise<() => Promise<void>> {
  // Left running by whoever works on the tests: `RELPIN_E2E_URL` and `RELPIN_E2E_DATA` name it.
  const { RELPIN_E2E_URL: url, RELPIN_E2E_DATA: dataFolder } = process.env
  const product =
    url && dataFolder
      ? { url, dataFolder, pid: 0, stop: () => Promise.resolve() }
      : await startProduct({ command: 'demo' })
  try {
    const running: RunningStudio = {
      url: product.url,
      dataFolder: product.dataFolder,
      people: await signInEverybody(product),
    }
    // The workers inherit it.
    process.env['RELPIN_E2E'] = JSON.stringify(running)
    return product.stop
  } catch (error) {
    await product.stop()
    throw error
  }
}
