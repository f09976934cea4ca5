/** `npm start`: the product in the foreground, on one port. */
import { holdForeground } from './foreground.ts'
import { readLaunchConfig } from './launch-config.ts'
import { launchProduct } from './product.ts'
import { sayTo } from './say.ts'

export async function start(): Promise<number> {
  const say = sayTo()
  const config = readLaunchConfig(process.env)
  const product = launchProduct(config, say, process.env)
  product.started.then(
    ({ isNew }) => {
      say.done(`Relpin Studio is ready: ${config.publicUrl}`)
      say.info(isNew ? 'Open it to create your organization. Ctrl-C stops it.' : 'Ctrl-C stops it.')
    },
    () => undefined,
  )
  return holdForeground(product, say)
}
