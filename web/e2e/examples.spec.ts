// The built example apps, each in two windows.
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { Server } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

const folder = resolve(import.meta.dirname, '../../examples')
let server: Server
let preview: ChildProcess
let site = ''

test.beforeAll(async () => {
  server = await Server.start(['--open'])
  preview = spawn(resolve(folder, 'node_modules/.bin/vite'), ['preview', '--host', '127.0.0.1', '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  site = await new Promise((found, failed) => {
    preview.stdout?.on('data', (line) => {
      // The address is printed with colour codes.
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line).replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), ''))
      if (address) found(address[0])
    })
    preview.once('exit', (code) => failed(new Error(`vite preview ended with ${code}: build the examples first`)))
  })
})
test.afterAll(async () => {
  preview.kill()
  await server.stop()
})

for (const [name, editor, ready] of [
  ['tiptap-hocuspocus', '.tiptap', 'saved'],
  ['codemirror-y-websocket', '.cm-content', 'synced'],
] as const) {
  test(`${name} works in two windows`, async ({ browser }) => {
    const address = `${site}/${name}/?server=${new URL(server.url).host}`
    const [first, second] = await Promise.all([browser.newPage(), browser.newPage()])
    await Promise.all([first.goto(address), second.goto(address)])
    await expect(first.locator('#status')).toHaveText(ready)
    await first.locator(editor).click()
    await first.keyboard.type('written in one window')
    await expect(second.locator(editor)).toContainText('written in one window')
    await expect(first.locator('#status')).toHaveText(ready)
    await second.reload()
    await expect(second.locator(editor)).toContainText('written in one window')
  })
}
