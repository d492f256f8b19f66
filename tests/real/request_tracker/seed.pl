# What the tests find in Request Tracker, in the form of its initial data.
use strict; use warnings;

my @open = qw(Support Network);

our @Queues = (
    ( map { { Name => $_, Lifecycle => 'default' } } @open ),
    { Name => 'Strict', Lifecycle => 'strict' },
    { Name => 'Unmarked', Lifecycle => 'default' },
);

our @Users = (
    { Name => 'isthmus', EmailAddress => 'isthmus@example.com', RealName => 'Isthmus', Password => 'isthmus-pass', Privileged => 1, Timezone => 'UTC' },
    { Name => 'tokyo', EmailAddress => 'tokyo@example.com', RealName => 'Isthmus in Tokyo', Password => 'tokyo-pass', Privileged => 1, Timezone => 'Asia/Tokyo' },
    { Name => 'nowhere', EmailAddress => 'nowhere@example.com', RealName => 'Without a zone', Password => 'nowhere-pass', Privileged => 1 },
    { Name => 'reader', EmailAddress => 'reader@example.com', RealName => 'May only look', Password => 'reader-pass', Privileged => 1, Timezone => 'UTC' },
    { Name => 'alex', EmailAddress => 'alex.agent@example.com', RealName => 'Alex Agent', Password => 'alex-pass', Privileged => 1, Timezone => 'UTC' },
    { Name => 'robin', EmailAddress => 'robin.requester@example.com', RealName => 'Robin Requester', Password => 'robin-pass', Privileged => 0 },
);

our @Groups = (
    { Name => 'Agents', Members => { Users => [qw(isthmus tokyo nowhere alex)] } },
    { Name => 'Readers', Members => { Users => ['reader'] } },
);

our @CustomFields = (
    { Name => 'Isthmus Marker', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ @open, 'Strict' ] },
    { Name => 'Isthmus Origin', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket-RT::Transaction', ApplyTo => [ @open, 'Strict' ] },
    { Name => 'Site', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ @open, 'Strict' ] },
    { Name => 'Building', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ @open, 'Strict' ],
      Values => [ map { { Name => $_ } } qw(North South) ] },
    { Name => 'Tags', Type => 'FreeformMultiple', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [ @open, 'Strict' ] },
);

our @ACL = (
    ( map { { GroupDomain => 'UserDefined', GroupId => 'Agents', Right => $_ } } qw(
        SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket ModifyTicket DeleteTicket OwnTicket
        TakeTicket StealTicket ReassignTicket WatchAsAdminCc Watch SeeCustomField ModifyCustomField SetInitialCustomField
        AdminUsers ShowOutgoingEmail ) ),
    ( map { { GroupDomain => 'UserDefined', GroupId => 'Readers', Right => $_ } } qw( SeeQueue ShowTicket SeeCustomField ) ),
);

# Who opens a ticket and who is copied is told by mail, as on any site. Nothing is sent to staff: preparing a mail is most of
# what a create costs.
my @silent = (
    'On Create Notify Owner and AdminCcs', 'On Create Notify Other Recipients', 'On Owner Change Notify Owner',
    'On Comment Notify AdminCcs as Comment', 'On Comment Notify Other Recipients as Comment',
    'On Correspond Notify Owner and AdminCcs', 'On Correspond Notify Other Recipients',
);

our @Final = ( sub {
    for my $description (@silent) {
        my $scrip = RT::Scrip->new( RT->SystemUser );
        $scrip->LoadByCols( Description => $description );
        my ( $ok, $words ) = $scrip->SetDisabled(1);
        die "$description: $words" unless $ok;
    }
}, sub {
    my $user = RT::User->new( RT->SystemUser );
    $user->Load('isthmus');
    my $token = RT::AuthToken->new( RT->SystemUser );
    my ( $ok, $words, $secret ) = $token->Create( Owner => $user->Id, Description => 'tests' );
    die "no token: $words" unless $ok;
    open my $file, '>', $ENV{RT_TOKEN_FILE} or die $!;
    print {$file} $secret;
    close $file;
} );

1;
