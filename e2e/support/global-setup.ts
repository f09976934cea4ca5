/** Starts the demo once for all browser tests, signs everybody in, and stops it afterwards. */
import { demoForTests } from './demo-for-tests.ts'
import type { RunningStudio } from './running-studio.ts'
import { signInEverybody } from './sign-in-everybody.ts'

export default async function globalSetup(): Promise<() => Promise<void>> {
  const product = await demoForTests()
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
