/** Leaves one finding of a review at its place in the code, for people to look at, discuss and resolve. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: `Leave one finding of a review at its place in the live project. It changes nothing: people see it beside the text.
- Read the file first. Quote the exact text that it is about, or give startLine and endLine; with both, the nearest is meant.
- Give newString (and oldString, when it is not the quote) to suggest the edit that mends it. It waits for a person.
- One finding for one thing. The result says where it is, and what became of the suggested edit.`,
  args: {
    filePath: tool.schema.string().describe('Path in the project, such as src/App.ts'),
    severity: tool.schema
      .enum(['error', 'warning', 'info'])
      .describe('error: it is wrong. warning: it will hurt. info: it could be better'),
    message: tool.schema
      .string()
      .describe('What is wrong and why it matters, in one or two sentences'),
    quote: tool.schema
      .string()
      .optional()
      .describe('The exact text that it is about, without line numbers'),
    startLine: tool.schema.coerce
      .number()
      .optional()
      .describe('The first line that it is about (1-indexed)'),
    endLine: tool.schema.coerce.number().optional().describe('The last line that it is about'),
    oldString: tool.schema
      .string()
      .optional()
      .describe('The text that the suggested edit replaces'),
    newString: tool.schema.string().optional().describe('The text to put there'),
  },
  execute: (args, context) => callBridge('finding', args, context),
})
