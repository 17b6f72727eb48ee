/** Words for failures of the conversation with the helper and of authorization. */
import { words } from './error-words.ts';

const REPORT = 'This is a fault in Platter. Please report it with the details below.';

export const sessionErrorWords = {
  PARSE_ERROR: words('Platter’s parts misunderstood each other', 'The helper could not read a message.', REPORT),
  INVALID_REQUEST: words('Platter’s parts misunderstood each other', 'The helper got a message it does not know.', REPORT),
  UNKNOWN_METHOD: words(
    'The helper cannot do this',
    'The helper does not know this action; it may be older than the window.',
    'Restart Platter. If it stays, reinstall it so that all its parts are of one version.',
  ),
  INVALID_PARAMETERS: words(
    'The helper refused a value',
    'One of the values is not one the helper accepts.',
    'Check the values and try again.',
  ),
  TOO_MANY_REQUESTS: words(
    'Too much at once',
    'More actions were asked for than the helper takes at one time.',
    'Wait until the running ones are done, then try again.',
  ),
  NOT_READY: words('The helper is not ready yet', 'It is still starting.', 'Try again in a moment.'),
  VERSION_MISMATCH: words(
    'The helper is of another version',
    'Platter was updated while it was running, or only in part.',
    'Quit Platter and start it again.',
  ),
  SHUTTING_DOWN: words('The helper is ending', 'It takes no new work any more.', 'Start Platter again.'),
  CANCELLED: words('Cancelled', 'The action was called off before it was done.', 'You can start it again at any time.'),
  INTERNAL: words(
    'Something went wrong inside Platter',
    'A part of Platter met a fault of its own.',
    REPORT,
    'The list shows how things stand now.',
  ),

  ROOT_REQUIRED: words(
    'Administrator rights are needed',
    'Platter is only looking at the moment; changes need the helper to run with administrator rights.',
    'Choose Unlock and give the password when the system asks.',
  ),
  NOT_AUTHORIZED: words(
    'Not authorised',
    'The rules of this system do not let you do this.',
    'Ask the administrator of this computer, or try again with another account.',
  ),
  AUTHORIZATION_DISMISSED: words('Not authorised', 'The question for a password was closed.', 'Try again when you are ready.'),
  AUTHORIZATION_UNAVAILABLE: words(
    'Nobody could be asked for the password',
    'No authentication agent is running in this session, so the system could not ask.',
    'Start your desktop’s authentication agent (polkit), or act as root with platter in a terminal.',
  ),
  AUTHORIZATION_BUSY: words(
    'Another password question is still open',
    'The system asks one question at a time.',
    'Answer or close the open question first.',
  ),
  NOT_PERMITTED: words(
    'This device belongs to somebody else',
    'It was attached by another user or program, and this action is only for your own devices.',
    'Attach the image yourself to change it.',
  ),
  LIMIT_REACHED: words(
    'The limit for one user is reached',
    'You have as many loop devices or mounts as one user may have.',
    'Detach what you no longer need, then try again.',
  ),
} as const;
