/** The thread that makes segments, so that nobody's keys wait for it. */
import { parentPort } from 'node:worker_threads'
import { makeSegment, type MadeSegment, type SegmentTask } from './make-segment.ts'

export type SegmentAnswer =
  { readonly ok: true; readonly made: MadeSegment } | { readonly ok: false; readonly why: string }

parentPort?.on('message', (task: SegmentTask) => {
  void answer(task).then((message) => parentPort?.postMessage(message))
})

async function answer(task: SegmentTask): Promise<SegmentAnswer> {
  try {
    return { ok: true, made: await makeSegment(task) }
  } catch (error) {
    return { ok: false, why: String(error) }
  }
}
