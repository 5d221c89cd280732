<#
.SYNOPSIS
  Gathers what csvnet needs to know of a failover cluster into a new folder. It only reads.

.DESCRIPTION
  For Windows PowerShell 5.1, run as administrator on a node of the cluster:

    csvnet collect-script > collect.ps1
    powershell -ExecutionPolicy Bypass -File .\collect.ps1
    csvnet import .\csvnet-collected -o cluster.toml

  Nothing is changed on any node: every command reads, and the only thing written is the folder, which must
  not exist yet. What cannot be read is told, noted in manifest.json, and left out.

  Every node is asked by remoting. Where that is off, run the script on each node with -Local and a
  folder of its own, and copy the sub-folders of the nodes into one folder.

.PARAMETER Folder
  The new folder; csvnet-collected in the current directory by itself.
.PARAMETER Node
  Nodes to ask; all that are up by itself.
.PARAMETER Local
  Ask this node only, without remoting.
.PARAMETER Samples
  Samples of the performance counters, 60 by themselves; 0 for none.
.PARAMETER Interval
  Seconds between two samples, 1 by itself.
#>
[CmdletBinding()]
param(
    [string] $Folder = (Join-Path (Get-Location).Path 'csvnet-collected'),
    [string[]] $Node = @(),
    [switch] $Local,
    [ValidateRange(0, 86400)] [int] $Samples = 60,
    [ValidateRange(1, 3600)] [int] $Interval = 1
)

$utf8 = [System.Text.UTF8Encoding]::new($false)
$read = [System.Collections.ArrayList]::new()

# Runs one reading after the other; what fails is told in place of its objects.
$runner = @'
param([System.Collections.IDictionary] $Readings)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
foreach ($name in $Readings.Keys) {
    $json = ''
    $fault = ''
    try {
        $found = @(& ([scriptblock]::Create($Readings[$name])))
        $json = ConvertTo-Json -InputObject $found -Depth 5
    } catch {
        $fault = "$_"
    }
    [pscustomobject] @{ Name = $name; Json = $json; Fault = $fault }
}
'@

# Asked once.
$ofCluster = [ordered] @{
    'Get-Cluster' = 'Get-Cluster | Select-Object Name, ClusterFunctionalLevel, S2DEnabled, CsvBalancer, BlockCacheSize, SharedVolumeBlockCacheSizeInMB, DrainOnShutdown, AutoBalancerMode, AutoBalancerLevel, UseClientAccessNetworksForSharedVolumes, SetSMBBandwidthLimit, SMBBandwidthLimitFactor, SecurityLevel, SecurityLevelForStorage, SharedVolumeCompatibleFilters, SharedVolumeIncompatibleFilters, MaximumParallelMigrations'
    'Get-ClusterNode' = 'Get-ClusterNode | Select-Object Id, Name, State, DrainStatus, StatusInformation, BuildNumber, MajorVersion, MinorVersion, Manufacturer, Model'
    'Get-ClusterSharedVolume' = 'Get-ClusterSharedVolume | Select-Object Id, Name, State, @{ n = "OwnerNode"; e = { $_.OwnerNode.Name } }, SharedVolumeInfo'
    'Get-ClusterSharedVolumeState' = 'Get-ClusterSharedVolumeState | Select-Object Name, Node, StateInfo, FileSystemRedirectedIOReason, BlockRedirectedIOReason, VolumeFriendlyName, VolumeName'
    'Get-ClusterNetwork' = 'Get-ClusterNetwork | Select-Object Id, Name, Role, State, Metric, AutoMetric, Address, AddressMask, Ipv4Addresses, Ipv4PrefixLengths, Ipv6Addresses, Ipv6PrefixLengths'
    'Get-ClusterNetworkInterface' = 'Get-ClusterNetworkInterface | Select-Object Name, @{ n = "Node"; e = { "$($_.Node)" } }, @{ n = "Network"; e = { "$($_.Network)" } }, Adapter, AdapterId, Address, State'
    'Get-ClusterGroup' = 'Get-ClusterGroup | Select-Object Id, Name, GroupType, State, Priority, @{ n = "OwnerNode"; e = { $_.OwnerNode.Name } }'
    'Get-ClusterResource' = 'Get-ClusterResource | Select-Object Id, Name, State, @{ n = "ResourceType"; e = { "$($_.ResourceType)" } }, @{ n = "OwnerGroup"; e = { "$($_.OwnerGroup)" } }, @{ n = "OwnerNode"; e = { $_.OwnerNode.Name } }'
    'Get-ClusterOwnerNode' = 'Get-ClusterGroup | Get-ClusterOwnerNode | Select-Object @{ n = "ClusterObject"; e = { "$($_.ClusterObject)" } }, @{ n = "OwnerNodes"; e = { @($_.OwnerNodes | ForEach-Object { "$_" }) } }'
    'Get-StoragePool' = 'Get-StoragePool -IsPrimordial $false | Select-Object FriendlyName, IsClustered, Size, AllocatedSize, ResiliencySettingNameDefault'
    'Get-VirtualDisk' = 'Get-VirtualDisk | Select-Object FriendlyName, ResiliencySettingName, NumberOfDataCopies, PhysicalDiskRedundancy, Interleave, NumberOfColumns, Size, FootprintOnPool, WriteCacheSize, IsTiered'
    'Get-PhysicalDisk' = 'Get-PhysicalDisk | Select-Object FriendlyName, Manufacturer, Model, SerialNumber, MediaType, BusType, Usage, Size, CanPool'
    'Get-StorageQosFlow' = 'Get-StorageQosFlow | Select-Object InitiatorName, InitiatorNodeName, FilePath, InitiatorIOPS, InitiatorLatency, InitiatorBandwidth, StorageNodeIOPS, StorageNodeName, PolicyId, MaximumIops, Status'
    'Get-StorageQosPolicy' = 'Get-StorageQosPolicy | Select-Object Name, PolicyId, PolicyType, MinimumIops, MaximumIops, MaximumIOBandwidth'
}

# Asked of every node.
$ofNode = [ordered] @{
    'Win32_OperatingSystem' = 'Get-CimInstance -ClassName Win32_OperatingSystem | Select-Object Caption, Version, BuildNumber, CSName'
    'Win32_ComputerSystem' = 'Get-CimInstance -ClassName Win32_ComputerSystem | Select-Object Name, Manufacturer, Model, TotalPhysicalMemory'
    'Win32_Processor' = 'Get-CimInstance -ClassName Win32_Processor | Select-Object DeviceID, Name, NumberOfCores, NumberOfLogicalProcessors, MaxClockSpeed'
    'Win32_SCSIController' = 'Get-CimInstance -ClassName Win32_SCSIController | Select-Object Name, Manufacturer'
    'MSFC_FCAdapterHBAAttributes' = 'Get-CimInstance -Namespace root/wmi -ClassName MSFC_FCAdapterHBAAttributes | Select-Object Manufacturer, Model, ModelDescription, NumberOfPorts'
    'Get-NetAdapter' = 'Get-NetAdapter | Select-Object Name, InterfaceDescription, InterfaceIndex, TransmitLinkSpeed, ReceiveLinkSpeed, MtuSize, VlanID, Virtual, HardwareInterface, Status, MediaConnectState'
    'Get-NetAdapterRdma' = 'Get-NetAdapterRdma | Select-Object Name, InterfaceDescription, Enabled, PFC, ETS, MaxQueuePairCount'
    'Get-NetAdapterRss' = 'Get-NetAdapterRss | Select-Object Name, InterfaceDescription, Enabled, NumberOfReceiveQueues, MaxProcessors, Profile, NumaNode'
    'Get-NetQosTrafficClass' = 'Get-NetQosTrafficClass | Select-Object Name, Algorithm, BandwidthPercentage, Priority'
    'Get-NetQosPolicy' = 'Get-NetQosPolicy | Select-Object Name, Template, PriorityValue8021Action, NetDirectPortMatchCondition'
    'Get-NetQosFlowControl' = 'Get-NetQosFlowControl | Select-Object Name, Priority, Enabled'
    'Get-NetLbfoTeam' = 'Get-NetLbfoTeam | Select-Object Name, Members, TeamNics, TeamingMode, LoadBalancingAlgorithm, Status'
    'Get-VMSwitch' = 'Get-VMSwitch | Select-Object Name, Id, SwitchType, AllowManagementOS, EmbeddedTeamingEnabled, NetAdapterInterfaceDescription, NetAdapterInterfaceDescriptions'
    'Get-VMSwitchTeam' = 'Get-VMSwitchTeam | Select-Object Name, NetAdapterInterfaceDescription, TeamingMode, LoadBalancingAlgorithm'
    'Get-VMNetworkAdapter' = 'Get-VMNetworkAdapter -ManagementOS | Select-Object Name, SwitchName, IsManagementOs, VrssEnabled'
    'Get-SmbMultichannelConnection' = '@(Get-SmbMultichannelConnection) + @(Get-SmbMultichannelConnection -SmbInstance CSV) | Select-Object ServerName, SmbInstance, ClientInterfaceIndex, ServerInterfaceIndex, ClientIpAddress, ServerIpAddress, ClientLinkSpeed, ClientRSSCapable, ClientRdmaCapable, CurrentChannels, MaxChannels, Selected, Failed'
    'Get-SmbMultichannelConstraint' = 'Get-SmbMultichannelConstraint | Select-Object ServerName, InterfaceIndex, InterfaceAlias'
    'Get-SmbClientNetworkInterface' = 'Get-SmbClientNetworkInterface | Select-Object InterfaceIndex, FriendlyName, LinkSpeed, RdmaCapable, RssCapable, IpAddresses'
    'Get-SmbServerNetworkInterface' = 'Get-SmbServerNetworkInterface | Select-Object InterfaceIndex, FriendlyName, LinkSpeed, RdmaCapable, RssCapable, IpAddress'
    'Get-SmbClientConfiguration' = 'Get-SmbClientConfiguration | Select-Object EnableMultiChannel, RequireSecuritySignature, ConnectionCountPerRssNetworkInterface, ConnectionCountPerRdmaNetworkInterface'
    'Get-SmbServerConfiguration' = 'Get-SmbServerConfiguration | Select-Object EnableMultiChannel, RequireSecuritySignature, EncryptData'
    'Get-SmbBandwidthLimit' = 'Get-SmbBandwidthLimit | Select-Object Category, BytesPerSecond'
    'Get-MSDSMGlobalDefaultLoadBalancePolicy' = '[pscustomobject] @{ Policy = "$(Get-MSDSMGlobalDefaultLoadBalancePolicy)" }'
    'Get-Disk' = 'Get-Disk | Select-Object Number, FriendlyName, Manufacturer, Model, BusType, IsClustered, Size'
    'Get-Volume' = 'Get-Volume | Select-Object Path, UniqueId, FileSystemLabel, FileSystem, FileSystemType, Size, SizeRemaining'
    'Get-VMHost' = 'Get-VMHost | Select-Object ComputerName, LogicalProcessorCount, MemoryCapacity, MaximumVirtualMachineMigrations, MaximumStorageMigrations, VirtualMachineMigrationPerformanceOption'
    'Get-VM' = 'Get-VM | Select-Object Name, VMId, State, ComputerName, ProcessorCount, MemoryAssigned, MemoryStartup, Generation, IsClustered, Version, Path'
    'Get-VMHardDiskDrive' = 'Get-VM | Get-VMHardDiskDrive | Select-Object VMName, VMId, Path, ControllerType, ControllerNumber, ControllerLocation, DiskNumber, MaximumIOPS, MinimumIOPS, QoSPolicyID, SupportPersistentReservations, ComputerName'
    'Get-VHD' = 'Get-VM | Get-VMHardDiskDrive | Where-Object { $_.Path -like "*.*hd*" } | ForEach-Object { try { Get-VHD -Path $_.Path } catch { } } | Select-Object Path, VhdFormat, VhdType, FileSize, Size, BlockSize, ParentPath'
}

# The performance counters csvnet knows.
$counters = @(
@COUNTERS@
)

function Write-Answer {
    param([string] $Place, [string] $From, $Answers)
    foreach ($answer in $Answers) {
        if ($answer.Fault) {
            Write-Warning "$From, $($answer.Name): $($answer.Fault)"
        } else {
            $file = Join-Path $Place "$($answer.Name).json"
            [System.IO.File]::WriteAllText($file, $answer.Json, $utf8)
        }
        [void] $read.Add([pscustomobject] @{ From = $From; Name = $answer.Name; Fault = $answer.Fault })
    }
}

if (Test-Path -LiteralPath $Folder) {
    Write-Error "$Folder is there already; name a new folder with -Folder."
    exit 1
}
$Folder = (New-Item -ItemType Directory -Path $Folder -ErrorAction Stop).FullName
$run = [scriptblock]::Create($runner)

Write-Output "The cluster as a whole"
Write-Answer $Folder 'cluster' @(& $run $ofCluster)

if ($Local) {
    $Node = @($env:COMPUTERNAME)
} elseif ($Node.Count -eq 0) {
    try {
        $up = @(Get-ClusterNode -ErrorAction Stop | Where-Object { "$($_.State)" -in 'Up', 'Paused' })
        $Node = @($up | ForEach-Object { $_.Name })
    } catch {
        Write-Warning "The nodes of the cluster cannot be listed, so this one alone is asked: $_"
        $Node = @($env:COMPUTERNAME)
    }
}

foreach ($one in $Node) {
    Write-Output "Node $one"
    $place = (New-Item -ItemType Directory -Path (Join-Path $Folder $one)).FullName
    try {
        if ($one -eq $env:COMPUTERNAME) {
            Write-Answer $place $one @(& $run $ofNode)
        } else {
            Write-Answer $place $one @(Invoke-Command -ComputerName $one -ScriptBlock $run -ArgumentList $ofNode -ErrorAction Stop)
        }
    } catch {
        Write-Warning "$one does not answer (run this script there with -Local): $_"
        [void] $read.Add([pscustomobject] @{ From = $one; Name = 'Invoke-Command'; Fault = "$_" })
    }
}

if ($Samples -gt 0) {
    Write-Output "Performance counters, $Samples samples of $Interval s"
    try {
        # A counter that a version of Windows does not have would end the whole log.
        $known = @(Get-Counter -ListSet * -ErrorAction SilentlyContinue | ForEach-Object { $_.Paths })
        $wanted = @($counters | Where-Object { $known -contains $_ })
        if ($wanted.Count -eq 0) {
            throw 'no counter has its English name on this system'
        }
        Get-Counter -Counter $wanted -ComputerName $Node -SampleInterval $Interval -MaxSamples $Samples -ErrorAction SilentlyContinue |
            Export-Counter -Path (Join-Path $Folder 'counters.csv') -FileFormat CSV -ErrorAction Stop
    } catch {
        Write-Warning "The performance counters cannot be logged: $_"
        [void] $read.Add([pscustomobject] @{ From = 'counters'; Name = 'Get-Counter'; Fault = "$_" })
    }
}

$manifest = [pscustomobject] @{
    Format = 'csvnet-collected'
    FormatVersion = 1
    ScriptVersion = '@VERSION@'
    PowerShell = "$($PSVersionTable.PSVersion)"
    CollectedAt = (Get-Date).ToUniversalTime().ToString('o')
    Nodes = @($Node)
    Readings = @($read)
}
[System.IO.File]::WriteAllText((Join-Path $Folder 'manifest.json'), (ConvertTo-Json -InputObject $manifest -Depth 5), $utf8)
$faults = @($read | Where-Object { $_.Fault })
Write-Output "$($read.Count - $faults.Count) readings are in $Folder, $($faults.Count) could not be made."
