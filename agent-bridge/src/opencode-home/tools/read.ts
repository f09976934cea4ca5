/** Shadows OpenCode's `read`: the live text, as this session sees it. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: `Read a file or folder of the live project.
- Returns up to 2000 lines from the start of the file; pass offset (1-indexed) and limit for other parts.
- Each line is prefixed by its number as "<line>: <content>". The prefix is not part of the file.
- For a folder, its entries are returned, one per line, with a trailing "/" for subfolders.
- Lines over 2000 characters are cut. Call it in parallel when several files are needed.`,
  args: {
    filePath: tool.schema.string().describe('Path in the project, such as src/App.ts'),
    offset: tool.schema.coerce.number().optional().describe('The line to start from (1-indexed)'),
    limit: tool.schema.coerce.number().optional().describe('How many lines (2000 unless told)'),
  },
  execute: (args, context) => callBridge('read', args, context),
})
