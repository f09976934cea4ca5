/** Starts the scripted demo model: no intelligence and no network, so that the governed loop can be seen without a key. */
import { startDemoModel } from './server.ts'

const model = await startDemoModel(Number(process.env['PORT'] ?? '0'))
process.send?.({ type: 'ready', port: model.port })
process.stdout.write(`Demo model on http://127.0.0.1:${model.port}/v1\n`)

const stop = (): void => {
  void model.close().then(() => process.exit(0))
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)
