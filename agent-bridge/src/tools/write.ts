/** write: creates a file, or changes the whole text that the model knows into another by the fewest operations. */
import type { Change } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import { buildTransaction, planWrite, toLf, type Transaction } from './edit-to-transaction.ts'
import { placeInPresent, textOfKnown } from './known-text.ts'
import { filePath, shownPath } from './paths.ts'
import { readView } from './read.ts'
import { changing, failed, patchTitle, type Worked } from './submit.ts'
import { defineTool, type ToolContext } from './tool.ts'

export const writeTool = defineTool({
  args: z.object({ filePath: z.string(), content: z.string(), patchTitle }),
  title: (args, directory) => `Write ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const path = filePath(args.filePath, context.directory)
    if (!path.ok) return { result: 'failed', title: `Write ${args.filePath}`, why: path.why }
    const content = toLf(args.content)
    return changing(context, () => workOutWrite(context, path.path, content), path.path)
  },
})

export function updateOf(document: string, { update }: Transaction): Change {
  return { op: 'update', document, update: Buffer.from(update).toString('base64') }
}

export async function workOutWrite(
  context: ToolContext,
  path: string,
  content: string,
): Promise<Worked> {
  const title = `Write ${path}`
  const answer = await readView(context, path, 'change')
  if (!answer.ok) return failed(title, answer.why)
  const { view } = answer
  if (view.found === 'binary')
    return failed(title, `${path} is a binary file: it cannot be written.`)
  // What may not be read may not be written either, but that is the door's to say and to record.
  if (view.found === 'nothing' || view.found === 'denied')
    return workOutCreation(context, path, content)
  const state = Buffer.from(view.state, 'base64')
  if (!context.seen.get(view.fileId)) {
    if (view.text !== '') {
      const how = 'Read it first, then use edit, or write it whole.'
      return failed(title, `${path} exists and you have not read it. ${how}`)
    }
    context.seen.shown(view.fileId, state)
  }
  const known = context.seen.get(view.fileId) ?? []
  const text = textOfKnown(known)
  const wanted = planWrite(text, content)
  if (wanted.length === 0) return unchanged(path)
  const placed = placeInPresent(known, wanted, state)
  if (!placed) {
    const why = 'A proposal of it was decided since you read it.'
    return failed(title, `the text changed, read again: ${path}. ${why}`)
  }
  if (placed.replacements.length === 0) return unchanged(path)
  const built = buildTransaction(state, placed.replacements)
  const note =
    text === view.text
      ? ''
      : '\nOthers changed this file since you read it, and their changes were kept. Read it again.'
  return {
    worked: 'out',
    changes: [updateOf(view.document, built)],
    kind: 'write',
    subject: path,
    note,
    done: () => context.seen.wrote(view.fileId, built, placed.removed),
  }
}

/** What it wrote itself the model knows, unless somebody typed in it already. */
export async function knowCreated(
  context: ToolContext,
  path: string,
  content: string,
): Promise<void> {
  const answer = await readView(context, path, 'change')
  if (!answer.ok || answer.view.found !== 'text' || answer.view.text !== content) return
  context.seen.shown(answer.view.fileId, Buffer.from(answer.view.state, 'base64'))
}

function workOutCreation(context: ToolContext, path: string, content: string): Worked {
  return {
    worked: 'out',
    changes: [{ op: 'create', path, content: { kind: 'text', text: content } }],
    kind: 'create',
    subject: path,
    done: () => knowCreated(context, path, content),
  }
}

function unchanged(path: string): Worked {
  return {
    worked: 'result',
    result: {
      result: 'done',
      title: `${path} stays as it is`,
      detail: 'no change',
      output: `${path} already has exactly this text. Nothing was changed.`,
      outcome: null,
    },
  }
}
