/** Shadows OpenCode's `edit`: one attributed transaction on the live text. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'
import { patchTitle } from '../lib/patches.ts'

export default tool({
  description: `Replace an exact piece of text in a file of the live project.
- Read the file first. Keep the exact indentation as it stands after the line number prefix.
- Fails when oldString is not found, or is found more than once without replaceAll: give more surrounding lines then.
- The result says whether the edit was applied, queued for approval, or denied by a rule. Never retry a denied edit.`,
  args: {
    filePath: tool.schema.string().describe('Path in the project, such as src/App.ts'),
    oldString: tool.schema.string().describe('The text to replace'),
    newString: tool.schema.string().describe('The text to put there (must differ from oldString)'),
    replaceAll: tool.schema
      .boolean()
      .optional()
      .describe('Replace every occurrence of oldString (default false)'),
    patchTitle,
  },
  execute: (args, context) => callBridge('edit', args, context),
})
