# One throwaway Request Tracker on SQLite, in the folder and on the port that the environment names.
Set($rtname, 'rt.example');
Set($Organization, 'rt.example');
Set($WebDomain, '127.0.0.1');
Set($WebPort, $ENV{RT_PORT});
Set($WebPath, '');
Set($CorrespondAddress, 'rt@rt.example');
Set($CommentAddress, 'rt-comment@rt.example');
Set($Timezone, 'UTC');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$ENV{RT_FOLDER}/database");
Set($WebSessionClass, 'Apache::Session::File');
Set($MailCommand, 'testfile');   # no mail leaves; what would be sent is recorded all the same
Set($BcryptCost, 4);             # a site has 12, which is a quarter of a second for each request
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($LogToFile, undef);
# The default lifecycle lets any status follow any other; this one refuses jumps.
Set(%Lifecycles, strict => {
    initial => ['new'], active => [ 'open', 'stalled' ], inactive => [ 'resolved', 'rejected', 'deleted' ],
    defaults => { on_create => 'new' },
    transitions => {
        '' => ['new'], new => [ 'open', 'rejected' ], open => [ 'stalled', 'resolved', 'rejected' ], stalled => ['open'],
        resolved => ['open'], rejected => [], deleted => [],
    },
    rights => { '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' },
});
1;
