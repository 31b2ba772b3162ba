// The page of the signed-in account.
import { PageHeader } from '../../../elements/PageHeader'
import type { Me } from '../api'
import { t } from '../messages'
import { PersonalData } from '../personal-data/PersonalData'
import { Devices } from './Devices'
import { Password } from './Password'
import { Profile } from './Profile'
import { SecondStep } from './SecondStep'

export function AccountPage({ me }: { me: Me }) {
  return (
    <main className="list">
      <PageHeader title={t.profile} />
      <Profile me={me} />
      <Password />
      <SecondStep me={me} />
      <Devices />
      <PersonalData me={me} />
    </main>
  )
}
