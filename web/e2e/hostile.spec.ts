// [PROSE-11] Content of a raw client never runs in a page, neither in the editor nor in an export.
import { expect, test } from '@playwright/test'
import { hostileState } from '../../tests/clients/hostile.mjs'
import { Server, owner } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

test('200 hostile nodes are opened, and none of them runs', async ({ browser }) => {
  const server = await Server.start()
  const { page, context } = await owner(browser, server)
  const ran: string[] = []
  const blocked: string[] = []
  for (const each of [page, await context.newPage()]) {
    each.on('dialog', (dialog) => {
      ran.push(dialog.message())
      void dialog.dismiss()
    })
    each.on('console', (message) => /Content Security Policy/.test(message.text()) && /script/.test(message.text()) && blocked.push(message.text()))
  }
  const headers = { origin: server.url }
  const { id } = await (await page.request.post(`${server.url}/api/v1/documents`, { headers, data: { title: 'Hostile' } })).json()
  const put = await page.request.put(`${server.url}/api/v1/documents/${id}/state`, { headers: { ...headers, 'content-type': 'application/octet-stream' }, data: hostileState() })
  expect(put.status(), await put.text()).toBe(204)
  await page.goto(`${server.url}/documents/${id}`)
  const text = page.getByRole('textbox', { name: 'Document text' })
  await expect(text).toContainText('alert(1)')
  const alive = await text.evaluate((root) => {
    const found: string[] = []
    for (const element of root.querySelectorAll('*')) {
      if (/^(script|iframe|object|embed|style|link|meta|base|form|svg|math|template)$/i.test(element.localName)) found.push(element.outerHTML.slice(0, 200))
      for (const { name, value } of element.attributes) {
        if (/^on|^srcdoc$|^formaction$/i.test(name)) found.push(`${name}=${value}`)
        // As the browser reads it: an address without a scheme is on this site.
        const isAddress = name === 'href' || name === 'src' || name === 'xlink:href' || name === 'action'
        if (isAddress && !['http:', 'https:', 'mailto:', 'tel:'].includes(new URL(value, location.href).protocol)) found.push(`${name}=${value}`)
      }
    }
    return found
  })
  expect(alive).toEqual([])
  for (const link of await text.locator('a').all()) await link.dispatchEvent('click')
  await page.goto(`${server.url}/api/v1/documents/${id}/content?format=html`)
  await expect(page.locator('body')).toContainText('alert(1)')
  expect(ran).toEqual([])
  // The content security policy never had to block anything.
  expect(blocked).toEqual([])
  await server.stop()
})
