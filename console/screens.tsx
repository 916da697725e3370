import { Text } from '@mantine/core';
import { Link, Route, Switch } from 'wouter';
import { Books } from './screens/books';
import { Deliveries } from './screens/events/deliveries';
import { Event } from './screens/events/event';
import { Events } from './screens/events/events';
import { Streams } from './screens/events/streams';
import { Webhooks } from './screens/events/webhooks';
import { Explorer } from './screens/explorer/explorer';
import { Home } from './screens/home';
import { Disputes } from './screens/payments/disputes';
import { Memberships } from './screens/payments/memberships';
import { Payment } from './screens/payments/payment';
import { Payments } from './screens/payments/payments';
import { Changes } from './screens/people/changes';
import { Keys } from './screens/people/keys';
import { Seller } from './screens/people/seller';
import { Sellers } from './screens/people/sellers';
import { Settings } from './screens/people/settings';
import { Team } from './screens/people/team';
import { Scenarios } from './screens/scenarios/scenarios';
import { Retries, Retry } from './screens/settlements/retries';
import { Settlement } from './screens/settlements/settlement';
import { Settlements } from './screens/settlements/settlements';
import { Heading } from './ui/heading';

/** Which screen an address shows. */
export function Screens() {
  return (
    <Switch>
      <Route path="/" component={Home} />
      <Route path="/settlements" component={Settlements} />
      <Route path="/settlements/retries" component={Retries} />
      <Route path="/settlements/retries/:id">{({ id }) => <Retry id={id} />}</Route>
      <Route path="/settlements/:id">{({ id }) => <Settlement id={id} />}</Route>
      <Route path="/payments" component={Payments} />
      <Route path="/payments/:id">{({ id }) => <Payment id={id} />}</Route>
      <Route path="/sellers" component={Sellers} />
      <Route path="/sellers/:id">{({ id }) => <Seller id={id} />}</Route>
      <Route path="/disputes" component={Disputes} />
      <Route path="/memberships" component={Memberships} />
      <Route path="/events" component={Events} />
      <Route path="/events/:id">{({ id }) => <Event id={id} />}</Route>
      <Route path="/streams" component={Streams} />
      <Route path="/books" component={Books} />
      <Route path="/changes" component={Changes} />
      <Route path="/keys" component={Keys} />
      <Route path="/webhooks" component={Webhooks} />
      <Route path="/webhooks/:id">{({ id }) => <Deliveries id={id} />}</Route>
      <Route path="/team" component={Team} />
      <Route path="/scenarios" component={Scenarios} />
      <Route path="/settings" component={Settings} />
      <Route path="/explorer" component={Explorer} />
      <Route>
        <Heading>Not found</Heading>
        <Text>
          There is no such page. <Link href="/">What needs attention now</Link>
        </Text>
      </Route>
    </Switch>
  );
}
