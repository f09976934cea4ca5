/** Well-formed updates of what a text file cannot hold: other roots, types, formats, line ends. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { treeDocument } from '@relpin/authority/document-names.ts'
import type { Family } from './case.ts'
import { refused, update } from './expectations.ts'
import { bytes, someClient, typed } from './forge.ts'

export const foreignContent: Family = {
  name: 'foreign content',
  cases: [
    update('another root', 'update:root', () =>
      typed('', (doc) => doc.getText('elsewhere').insert(0, 'x')),
    ),
    update('a key of the root', 'update:root', () =>
      typed('', (doc) => doc.getMap('text').set('key', 'x')),
    ),
    update('a parent named by id', 'update:root', () =>
      bytes((encoder) => {
        for (const value of [1, 1, someClient(), 0]) encoding.writeVarUint(encoder, value)
        encoding.writeUint8(encoder, 4)
        for (const value of [0, 1, 0]) encoding.writeVarUint(encoder, value)
        encoding.writeVarString(encoder, 'x')
        encoding.writeVarUint(encoder, 0)
      }),
    ),
    update('a root named __proto__', 'update:root', () =>
      typed('', (doc) => doc.getText('__proto__').insert(0, 'x')),
    ),
    update('bold text', 'update:content', () =>
      typed('', (doc) => doc.getText('text').insert(0, 'x', { bold: true })),
    ),
    update('an embedded object', 'update:content', () =>
      typed('', (doc) => doc.getText('text').insertEmbed(0, { image: 'x' })),
    ),
    update('a nested type', 'update:content', () =>
      typed('', (doc) => doc.getArray('text').insert(0, [new Y.Map()])),
    ),
    update('a nested XML element', 'update:content', () =>
      typed('', (doc) => doc.getXmlFragment('text').insert(0, [new Y.XmlElement('script')])),
    ),
    update('a document within the document', 'update:content', () =>
      typed('', (doc) => doc.getArray('text').insert(0, [new Y.Doc()])),
    ),
    update('binary content', 'update:content', () =>
      typed('', (doc) => doc.getArray('text').insert(0, [new Uint8Array([1, 2, 3])])),
    ),
    update('JSON values', 'update:content', () =>
      typed('', (doc) => doc.getArray('text').insert(0, [{ a: 1 }, 2, null])),
    ),
    update('lines that end with CR', 'update:line-end', () => typed('one\r\ntwo\r\n')),
    {
      name: 'an entry of the file tree',
      held: 'refused by tree:read-only',
      run: async (world) => {
        const tree = treeDocument(world.workspaceId)
        const socket = await world.joined('owner', tree)
        const map = typed('', (doc) => doc.getMap('files').set(world.fileId('src/spare.ts'), 'x'))
        socket.update(tree, map)
        await refused(socket, tree, /^(tree:read-only|update:)/)
        const paths = await world.app.paths()
        if (!paths.includes('src/spare.ts')) throw new Error('the tree changed')
      },
    },
    {
      name: 'plain text into the file tree',
      held: 'refused by tree:read-only',
      run: async (world) => {
        const tree = treeDocument(world.workspaceId)
        const socket = await world.joined('owner', tree)
        socket.update(tree, typed('text'))
        await refused(socket, tree, 'tree:read-only')
      },
    },
  ],
}
