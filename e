top: unknown option '1345'
