import { useMemo } from 'react'
import { useMembers } from '../../people'

/** The colours of members, by id; guests do not know them. */
export function useColorOf(isGuest: boolean): (author: string) => string | undefined {
  const members = useMembers(!isGuest).data
  return useMemo(() => {
    const colors = new Map(members?.map(({ account_id, color }) => [account_id, color]))
    return (author) => colors.get(author)
  }, [members])
}
