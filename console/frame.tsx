import { ActionIcon, AppShell, Badge, Box, Burger, Button, Group, NavLink, Text, TextInput, useMantineColorScheme } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { type FormEvent, type ReactNode, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { useAsked } from './api';
import { useLostSince } from './connection';
import { attentionDocument } from './screens/home';
import { placeOf } from './search';
import { Asked } from './ui/asked';
import { Problem } from './ui/problem';
import { SignInAgain } from './ui/sign-in-again';
import { type Person, ViewerContext, viewerDocument } from './viewer';

/** What stands around every screen: where one can go, what needs somebody there, a search, and who is signed in. */
export function Frame({ test, children }: { test: boolean; children: ReactNode }) {
  const asked = useAsked(viewerDocument, {});
  const [opened, { toggle, close }] = useDisclosure();
  return (
    <AppShell header={{ height: 60 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md" transitionDuration={0}>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="sm">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" aria-expanded={opened} />
            <Text fw={700}>Holdfast</Text>
            {test && (
              <Badge color="yellow.3" autoContrast style={{ flexShrink: 0 }}>
                Test
              </Badge>
            )}
          </Group>
          <Box visibleFrom="sm" flex="1 1 12rem" maw="26rem">
            <Search />
          </Box>
          <Group wrap="nowrap" gap="xs">
            <SchemeButton />
            <Button component="a" href="/security" variant="default" size="xs" visibleFrom="sm">
              Signing in
            </Button>
            <form method="post" action="/sign-out">
              <Button type="submit" variant="default" size="xs">
                Sign out
              </Button>
            </form>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        <Box hiddenFrom="sm" mb="xs">
          <Search onGo={close} />
        </Box>
        <Places onGo={close} />
        <Text size="sm" c="dimmed" mt="auto" p="xs">
          {asked.data?.viewer?.email}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main>
        <Lost />
        <Asked asked={asked}>{({ viewer }) => <Inside viewer={viewer}>{children}</Inside>}</Asked>
      </AppShell.Main>
    </AppShell>
  );
}

function Places({ onGo }: { onGo: () => void }) {
  const [location] = useLocation();
  const { data } = useAsked(attentionDocument, {});
  const failed = data?.attention.failedSettlements.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const disputes = data?.attention.disputesToAnswer.reduce((sum, { count }) => sum + count, 0) ?? 0;
  const places: [string, string, number][] = [
    ['/', 'Home', 0],
    ['/settlements', 'Settlements', failed],
    ['/payments', 'Payments', 0],
    ['/memberships', 'Memberships', 0],
    ['/sellers', 'Sellers', 0],
    ['/disputes', 'Disputes', disputes],
    ['/books', 'Books', 0],
    ['/events', 'Events', data?.attention.parkedEvents ?? 0],
    ['/streams', 'Event streams', 0],
    ['/keys', 'API keys', 0],
    ['/webhooks', 'Partners’ endpoints', 0],
    ['/team', 'Team', 0],
    ['/changes', 'Changes', 0],
    ['/settings', 'Settings', 0],
    ['/scenarios', 'Scenarios', 0],
    ['/explorer', 'Learn Stripe', 0],
  ];
  return (
    <>
      {places.map(([path, name, count]) => (
        <NavLink
          key={path}
          component={Link}
          href={path}
          label={name}
          active={path === '/' ? location === '/' : location.startsWith(path)}
          aria-current={location === path ? 'page' : undefined}
          onClick={onGo}
          color="teal.9"
          variant="filled"
          rightSection={
            count > 0 ? (
              <Badge color="red.9" size="sm" circle={count < 10}>
                {count}
              </Badge>
            ) : null
          }
        />
      ))}
      <NavLink href="/graphql" label="API" />
      <NavLink href="/security" label="Signing in" hiddenFrom="sm" />
    </>
  );
}

function Search({ onGo }: { onGo?: () => void }) {
  const [, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([['mod+K', () => input.current?.focus()]]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const place = await placeOf(input.current?.value ?? '');
    if (!place) return;
    go(place);
    onGo?.();
  };
  return (
    <search>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          ref={input}
          aria-label="Search by an id, an e-mail address or a seller’s name"
          placeholder="Any id, e-mail or seller (Ctrl K)"
          size="xs"
        />
      </form>
    </search>
  );
}

function SchemeButton() {
  const { colorScheme, toggleColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon variant="default" size="md" onClick={toggleColorScheme} aria-label={`Colours: ${colorScheme}. Change between light and dark`}>
      ◐
    </ActionIcon>
  );
}

/** The screens, for whoever is signed in. Whose session ends meanwhile keeps what is on them, and is asked to sign in over it. */
function Inside({ viewer, children }: { viewer: Person | null; children: ReactNode }) {
  const last = useRef(viewer);
  if (viewer) last.current = viewer;
  if (!last.current)
    return (
      <Text>
        You are signed out. <a href={`/sign-in?to=${encodeURIComponent(window.location.pathname)}`}>Sign in again</a>
      </Text>
    );
  return (
    <ViewerContext.Provider value={last.current}>
      {children}
      <SignInAgain />
    </ViewerContext.Provider>
  );
}

function Lost() {
  const since = useLostSince();
  return (
    <div role="status">
      {since && (
        <Problem title="The server cannot be reached">
          What you see is from {since.toLocaleTimeString()}. It is tried again by itself; what you typed is kept.
        </Problem>
      )}
    </div>
  );
}
