// An export of Notion becomes pages of a space, and is undone.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, owner } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const FILES = {
  [`Plan ${ID}.md`]: `# Plan\n\nTags: growth\n\nSee [Market](Plan%20${ID}/Market%20${ID}.md) and [gone](gone.md).\n`,
  [`Plan ${ID}/Market ${ID}.md`]: '# Market\n\nNorway first.\n',
  [`Plan ${ID}/Tasks ${ID}.csv`]: 'Name,Done\nCall Bo,Yes\n',
}

/** An archive, made by an independent program. */
function archive(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'import-'))
  const path = join(folder, 'Export.zip')
  writeFileSync(join(folder, 'files.json'), JSON.stringify(files))
  execFileSync('python3', ['-c', 'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[2],"w")\nfor n,t in json.load(open(sys.argv[1])).items(): z.writestr(n,t)\nz.close()', join(folder, 'files.json'), path])
  return path
}

test('[IN-2] [IN-6] [IN-8] an export of Notion is looked at, imported and undone', async () => {
  const { page } = ana
  const space = await page.evaluate(async () => {
    const made = await fetch('/api/v1/spaces', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Team', open_level: 'edit' }) })
    return (await made.json()).id as string
  })
  await page.goto(`${new URL(page.url()).origin}/spaces/${space}`)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Import into Team' })
  await look(page, 'import-choose')
  await dialog.getByLabel('Files to import').setInputFiles(archive(FILES))
  await expect(dialog.getByText('This is an export of Notion: 3 pages')).toBeVisible()
  await expect(dialog.getByRole('list', { name: 'Pages to import' }).getByRole('listitem')).toHaveText(['Plan', 'Market', 'Tasks'])
  await expect(dialog.getByText('The target of a link is not among the files')).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await look(page, 'import-checked')
  await dialog.getByRole('button', { name: 'Import 3 pages' }).click()
  await expect(dialog.getByText('3 pages imported.')).toBeVisible()
  await look(page, 'import-done')
  await expect(page.getByRole('main').getByRole('link', { name: 'Plan' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Undo import' }).click()
  await expect(dialog.getByText('are in the trash')).toBeVisible()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByText('No pages yet.')).toBeVisible()
})

test('[OUT-4] a space is exported in the background and downloaded', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Export', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Export Team' })
  await dialog.getByLabel('Include comments').check()
  await dialog.getByRole('button', { name: 'Start export' }).click()
  const download = page.waitForEvent('download')
  await dialog.getByRole('link', { name: 'Download' }).click()
  expect((await download).suggestedFilename()).toBe('Team.zip')
  await look(page, 'export-done')
  await dialog.getByRole('button', { name: 'Close' }).click()
})

test('[OUT-4] [IN-8] past imports and exports are in the settings, with their state, an undo and a download', async () => {
  const { page } = ana
  const home = page.url()
  await page.goto(`${new URL(home).origin}/settings/transfers`)
  const imports = page.getByRole('list', { name: 'Imports' })
  await expect(imports.getByRole('listitem')).toHaveCount(1)
  await expect(imports).toContainText('Export of Notion')
  await expect(imports).toContainText('Undone: its pages are in the trash')
  const exports = page.getByRole('list', { name: 'Exports' })
  await expect(exports).toContainText('Ready')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await look(page, 'transfers')
  const download = page.waitForEvent('download')
  await exports.getByRole('link', { name: 'Download Team' }).click()
  expect((await download).suggestedFilename()).toBe('Team.zip')
  await exports.getByRole('button', { name: 'Remove the export of Team' }).click()
  await expect(exports.getByRole('listitem')).toHaveCount(0)
  // From the home page, an import goes into one's own pages.
  await page.goto(new URL(home).origin)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Import into My pages' })
  await dialog.getByLabel('Files to import').setInputFiles({ name: 'Note.md', mimeType: 'text/markdown', buffer: Buffer.from('Hello.\n') })
  await dialog.getByRole('button', { name: 'Import 1 page' }).click()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.goto(`${new URL(home).origin}/settings/transfers`)
  await imports.getByRole('button', { name: /^Open the import of/ }).first().click()
  const again = page.getByRole('dialog', { name: 'Your import' })
  await expect(again.getByText('1 page imported.')).toBeVisible()
  await again.getByRole('button', { name: 'Undo import' }).click()
  await expect(again.getByText('are in the trash')).toBeVisible()
  await again.getByRole('button', { name: 'Close' }).click()
  await page.goto(home)
})

test('[IN-9] files that cannot be imported say why, and others can be chosen', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Import into Team' })
  await dialog.getByLabel('Files to import').setInputFiles({ name: 'broken.zip', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04 nothing') })
  await expect(dialog.getByRole('alert')).toContainText('The archive is damaged')
  await dialog.getByRole('button', { name: 'Choose other files' }).click()
  const files = [['a.md', 'text/markdown', '# Alpha'], ['b.txt', 'text/plain', 'Beta']] as const
  await dialog.getByLabel('Files to import').setInputFiles(files.map(([name, mimeType, text]) => ({ name, mimeType, buffer: Buffer.from(text) })))
  await expect(dialog.getByText('Everything can be carried over.')).toBeVisible()
  await expect(dialog.getByRole('list', { name: 'Pages to import' }).getByRole('listitem')).toHaveCount(2)
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click()
  await expect(page.getByText('No pages yet.')).toBeVisible()
})
