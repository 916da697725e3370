import { Card, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useAct } from '../../api';
import { graphql } from '../../generated/gql';
import type { FeeMode, SellerQuery } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { decimalOf, minorOf } from '../../ui/amounts';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';

const setCommissionDocument = graphql(`
  mutation SetCommission($input: SetCommissionPlanInput!) {
    setCommissionPlan(input: $input) { userErrors { message remedy } }
  }
`);

type SellerOf = NonNullable<SellerQuery['account']>;
type Plan = SellerOf['commissionPlan'];

const wordsOfMode: Record<FeeMode, string> = { INCLUDED: 'taken out of the price', ADDED: 'put on top of the price' };
const percent = (bps: number) => decimalOf(bps, 2);

/** What the platform takes of a seller's sales, now and to come; an administrator gives them terms of their own. What was paid keeps the terms it was paid under. */
export function Commission({ account: { id, commissionPlan, commissionPlans } }: { account: SellerOf }) {
  const toCome = commissionPlans.filter(({ validFrom }) => validFrom !== commissionPlan.validFrom);
  return (
    <Card withBorder>
      <Stack gap="xs" align="flex-start">
        <Title order={2} size="h4">
          Commission
        </Title>
        <Text>
          {told(commissionPlan)} {commissionPlan.validFrom ? 'These are terms of their own.' : 'These are the platform’s default terms.'}
        </Text>
        {toCome.map((plan) => (
          <Text key={`${plan.currency} ${plan.validFrom}`} size="sm" c="dimmed">
            {plan.currency ?? 'All currencies'}, from <When at={plan.validFrom} />: {told(plan)}
          </Text>
        ))}
        <Change accountId={id} plan={commissionPlan} />
      </Stack>
    </Card>
  );
}

function told({ percentageFee, fixedFee, vatRate, feeMode }: Plan): string {
  return `${percent(percentageFee)} % and ${fixedFee.formatted} per unit, ${wordsOfMode[feeMode]}; ${percent(vatRate)} % tax is contained in it.`;
}

function Change({ accountId, plan }: { accountId: string; plan: Plan }) {
  const set = useAct(setCommissionDocument);
  const refusal = useRefusalTo('setCommissionPlan');
  return (
    <Group>
      <ActButton
        label="Change the commission"
        consequences="Holds for what is bought from its beginning on. Payments made so far, and memberships begun, keep the terms they were made under."
        refusal={refusal}
        fields={
          <>
            <TextInput
              name="percentage"
              label="Share of the price, in percent"
              required
              inputMode="decimal"
              defaultValue={percent(plan.percentageFee)}
            />
            <TextInput
              name="fixed"
              label="Per unit sold, in minor units"
              description="Cents, or what a currency has in their place. Never on memberships."
              required
              inputMode="numeric"
              defaultValue={plan.fixedFee.amount}
            />
            <TextInput name="vat" label="Tax contained in the fee, in percent" required inputMode="decimal" defaultValue={percent(plan.vatRate)} />
            <NativeSelect
              name="mode"
              label="The fee is"
              defaultValue={plan.feeMode}
              data={Object.entries(wordsOfMode).map(([value, label]) => ({ value, label }))}
            />
            <TextInput name="from" type="datetime-local" label="From (in your time)" description="Now, where nothing is given." />
          </>
        }
        done="The commission is set."
        run={async ({ typed }) => {
          const [percentageFee, vatRate, fixedFee] = [minorOf(typed('percentage'), 2), minorOf(typed('vat'), 2), minorOf(typed('fixed'), 0)];
          if (percentageFee === null || vatRate === null) return { message: 'A percentage is written like 8 or 8.25.', remedy: null };
          if (fixedFee === null) return { message: 'The fee per unit is a whole number of minor units.', remedy: 'Write 100 for 1.00.' };
          const validFrom = typed('from') ? new Date(typed('from')).toISOString() : null;
          return (await set({ input: { accountId, percentageFee, fixedFee, vatRate, feeMode: typed('mode') as FeeMode, validFrom } })).refused;
        }}
      />
    </Group>
  );
}
