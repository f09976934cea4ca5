/** The demo that tests and benches look at: one of their own, or one that whoever works on them has left running. */
import { type Product, startProduct } from './product.ts'

/** `RELPIN_E2E_URL` and `RELPIN_E2E_DATA` name one that is running; it is not stopped. */
export async function demoForTests(): Promise<Pick<Product, 'url' | 'dataFolder' | 'stop'>> {
  const { RELPIN_E2E_URL: url, RELPIN_E2E_DATA: dataFolder } = process.env
  return url && dataFolder
    ? { url, dataFolder, stop: () => Promise.resolve() }
    : startProduct({ command: 'demo' })
}
