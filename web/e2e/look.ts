import AxeBuilder from '@axe-core/playwright'
import { type Page, expect } from '@playwright/test'

/** The page in both themes, accessible in each. Colours fade when the theme changes: wait until they are final. */
export async function look(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme)
    await expect.poll(async () => (await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await page.screenshot({ path: `test-results/${name}-${theme}.png`, fullPage: true })
  }
}
